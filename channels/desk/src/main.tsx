import '@plinth/channels-ui/styles.css';
import { mountApp } from '@plinth/channels-ui';
import { RouterProvider } from '@tanstack/react-router';
import { router } from './router.tsx';

mountApp({
  name: 'desk',
  channel: 'desk',
  content: <RouterProvider router={router} />,
  nextHref: ({ operation, href }) => {
    const capability = href.split('/')[1];
    const id = operation.split('.').at(-1);
    return capability && id ? `/desk/do/${capability}/${id}` : undefined;
  },
});
