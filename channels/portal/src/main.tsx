import '@plinth/channels-ui/styles.css';
import { mountApp } from '@plinth/channels-ui';
import { RouterProvider } from '@tanstack/react-router';
import { router } from './router.tsx';

mountApp({ name: 'portal', channel: 'web', content: <RouterProvider router={router} /> });

if ('serviceWorker' in navigator)
  addEventListener('load', () => {
    // Without it the portal works the same, only not offline.
    navigator.serviceWorker.register('/portal/sw.js', { scope: '/portal/' }).catch(() => undefined);
  });
