// Everything the pages stand on: the query cache, the language, toasts, and the address bar.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { BrowserRouter } from 'react-router';
import { shouldRetry } from '../api/hooks.ts';
import { LanguageProvider } from '../parts/language.tsx';
import { ToastProvider } from '../parts/toast.tsx';
import { Frame } from './Frame.tsx';
import { Pages } from './routes.tsx';

const cache = new QueryClient({
  defaultOptions: { queries: { retry: shouldRetry, refetchOnWindowFocus: false } },
});

export function App() {
  return (
    <QueryClientProvider client={cache}>
      <LanguageProvider>
        <ToastProvider>
          <BrowserRouter basename={basePath()}>
            <Frame>
              <Pages />
            </Frame>
          </BrowserRouter>
        </ToastProvider>
      </LanguageProvider>
    </QueryClientProvider>
  );
}

/** Where the server mounted the window: it writes that into the page's <base>. */
function basePath(): string {
  return new URL(document.baseURI).pathname.replace(/\/$/, '') || '/';
}
