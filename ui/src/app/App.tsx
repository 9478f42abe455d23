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
          <BrowserRouter basename={MOUNTED_AT}>
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
const MOUNTED_AT = mountedAt();

/** With the slash behind it, which the address bar keeps: some proxies lead on only what lies behind one. */
function mountedAt(): string {
  const { pathname } = new URL(document.baseURI);
  const { search, hash } = location;
  if (`${location.pathname}/` === pathname)
    history.replaceState(null, '', pathname + search + hash);
  return pathname;
}
