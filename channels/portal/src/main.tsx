import '@plinth/channels-ui/styles.css';
import { mountApp } from '@plinth/channels-ui';
import { RouterProvider } from '@tanstack/react-router';
import { router } from './router.tsx';

mountApp({
  name: 'portal',
  channel: 'web',
  content: <RouterProvider router={router} />,
  nextHref: ({ operation, href }) => {
    const capability = href.split('/')[1];
    const id = operation.split('.').at(-1);
    return capability && id ? `/portal/do/${capability}/${id}` : undefined;
  },
});

if ('serviceWorker' in navigator)
  addEventListener('load', () => {
    // Without it the portal works the same, only not offline.
    navigator.serviceWorker.register('/portal/sw.js', { scope: '/portal/' }).catch(() => undefined);
  });
