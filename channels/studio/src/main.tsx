import '@plinth/channels-ui/styles.css';
import { mountApp } from '@plinth/channels-ui';
import { RouterProvider } from '@tanstack/react-router';
import { router } from './router.tsx';

mountApp({ name: 'studio', channel: 'web', content: <RouterProvider router={router} /> });
