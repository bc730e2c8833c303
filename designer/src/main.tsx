import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './main.css';
import { Input, MantineProvider, createTheme } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Problem } from './api/client';
import { App } from './app/App';
import { fetchPage } from './app/pages';
import { fetchFirst } from './app/first';
import { SessionProvider } from './session/Session';

const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: 9,
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", Menlo, "Liberation Mono", monospace',
  respectReducedMotion: true,
  // What is wrong with a field is also said to who does not see it turn red.
  components: { InputWrapper: Input.Wrapper.extend({ defaultProps: { errorProps: { role: 'alert' } } }) },
});

const queries = new QueryClient({
  defaultOptions: {
    // Not held back while the browser thinks it is offline: a press that waits would be done later, when nobody expects it.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      staleTime: 5_000,
      // What the server refused it refuses again; only a network that failed is worth another try.
      retry: (count, error) => count < 2 && error instanceof Problem && error.status === 0,
    },
  },
});

fetchPage(window.location.pathname);
void fetchFirst(queries, window.location.pathname);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <App />
        </SessionProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
