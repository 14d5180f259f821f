import '@plinth/channels-ui/styles.css';
import { mountApp } from '@plinth/channels-ui';
import { RouterProvider } from '@tanstack/react-router';
import { KeyProvider } from './key.tsx';
import { router } from './router.tsx';

mountApp({
  name: 'developers',
  channel: 'partner',
  content: (
    <KeyProvider>
      <RouterProvider router={router} />
    </KeyProvider>
  ),
});
