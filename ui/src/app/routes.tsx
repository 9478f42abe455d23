// Every address and its page, in one table.
import { Suspense, lazy } from 'react';
import { Link, Navigate, Route, Routes, useLocation, useParams } from 'react-router';
import { PanelGuard } from '../parts/PanelGuard.tsx';
import { useText } from '../parts/language.tsx';
import { SearchPage } from '../pages/search/SearchPage.tsx';
import styles from './routes.module.css';

const TracePage = lazy(() =>
  import('../pages/trace/TracePage.tsx').then(({ TracePage }) => ({ default: TracePage })),
);
const LookupPage = lazy(() =>
  import('../pages/lookup/LookupPage.tsx').then(({ LookupPage }) => ({ default: LookupPage })),
);
const ComparePage = lazy(() =>
  import('../pages/compare/ComparePage.tsx').then(({ ComparePage }) => ({ default: ComparePage })),
);
const DependenciesPage = lazy(() =>
  import('../pages/dependencies/DependenciesPage.tsx').then(({ DependenciesPage }) => ({
    default: DependenciesPage,
  })),
);
const ServicesPage = lazy(() =>
  import('../pages/services/ServicesPage.tsx').then(({ ServicesPage }) => ({
    default: ServicesPage,
  })),
);
const ServicePage = lazy(() =>
  import('../pages/services/ServicePage.tsx').then(({ ServicePage }) => ({ default: ServicePage })),
);
const ViewPage = lazy(() =>
  import('../pages/view/ViewPage.tsx').then(({ ViewPage }) => ({ default: ViewPage })),
);
const StatusPage = lazy(() =>
  import('../pages/status/StatusPage.tsx').then(({ StatusPage }) => ({ default: StatusPage })),
);

export function Pages() {
  const { pathname } = useLocation();
  return (
    <PanelGuard key={pathname}>
      <Suspense>
        <Routes>
          <Route path="/" element={<SearchPage />} />
          <Route path="/traces/:id" element={<TracePage />} />
          <Route path="/view" element={<ViewPage />} />
          <Route path="/lookup" element={<LookupPage />} />
          <Route path="/compare" element={<ComparePage />} />
          <Route path="/dependencies" element={<DependenciesPage />} />
          <Route path="/services" element={<ServicesPage />} />
          <Route path="/services/:name" element={<ServicePage />} />
          <Route path="/status" element={<StatusPage />} />
          {/* The forms that links from Jaeger and from Zipkin's own window have. */}
          <Route path="/trace/:id" element={<ToTrace />} />
          <Route path="/zipkin" element={<ToSearch />} />
          <Route path="/zipkin/" element={<ToSearch />} />
          <Route path="/zipkin/traces/:id" element={<ToTrace />} />
          <Route path="/dependency" element={<ToDependencies />} />
          <Route path="/zipkin/dependency" element={<ToDependencies />} />
          <Route path="*" element={<Absent />} />
        </Routes>
      </Suspense>
    </PanelGuard>
  );
}

function ToTrace() {
  const { id = '' } = useParams();
  const { search } = useLocation();
  const before = new URLSearchParams(search);
  const span = before.get('uiFind') ?? before.get('span') ?? before.get('spanId');
  const after = span ? `?${new URLSearchParams({ span })}` : '';
  return <Navigate replace to={`/traces/${encodeURIComponent(id)}${after}`} />;
}

function ToSearch() {
  const { search } = useLocation();
  return <Navigate replace to={{ pathname: '/', search }} />;
}

function ToDependencies() {
  const { search } = useLocation();
  return <Navigate replace to={{ pathname: '/dependencies', search }} />;
}

function Absent() {
  const { t } = useText();
  return (
    <section className={styles.absent}>
      <h1>{t('page.absent.title')}</h1>
      <p>{t('page.absent.text')}</p>
      <Link to="/" className="button primary">
        {t('page.absent.action')}
      </Link>
    </section>
  );
}
