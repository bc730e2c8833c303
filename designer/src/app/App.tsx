import { Button, Center, Container, Loader } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { BrowserRouter, Link, Navigate, Route, Routes, useLocation, useSearchParams } from 'react-router';
import { EmptyState } from '../parts/EmptyState';
import { useSession } from '../session/Session';
import { SignInPage } from '../session/SignInPage';
import { safeReturn } from '../session/safeReturn';
import { PageBoundary } from './PageBoundary';
import { routes } from './pages';
import { Shell } from './Shell';

const PasswordPage = lazy(() => import('../session/PasswordPage'));

export function App() {
  return (
    <BrowserRouter>
      <Pages />
    </BrowserRouter>
  );
}

function Pages() {
  const session = useSession();
  const location = useLocation();
  const [search] = useSearchParams();
  if (!session.signedIn) return <SignInPage />;
  if (session.mustChangePassword)
    return (
      <Container size="sm" py="xl" component="main">
        <Suspense fallback={<Waiting />}>
          <PasswordPage first />
        </Suspense>
      </Container>
    );
  if (location.pathname === '/sign-in') return <Leave to={safeReturn(search.get('return'))} />;
  return (
    <Shell>
      <PageBoundary key={location.pathname}>
        <Suspense fallback={<Waiting />}>
          <Routes>
            {routes
              .filter((route) => session.areas?.includes(route.area))
              .map((route) => (
                <Route key={route.path} path={route.path} element={<route.component />} />
              ))}
            <Route path="/password" element={<PasswordPage />} />
            <Route path="*" element={<Missing />} />
          </Routes>
        </Suspense>
      </PageBoundary>
    </Shell>
  );
}

/** Studio's pages are not this application's: they are loaded, not routed to. */
function Leave({ to }: { to: string }) {
  if (to.startsWith('/studio/')) {
    window.location.replace(to);
    return <Waiting />;
  }
  return <Navigate to={to} replace />;
}

function Waiting() {
  return (
    <Center py="xl" role="status" aria-label="Loading">
      <Loader />
    </Center>
  );
}

function Missing() {
  return (
    <EmptyState
      title="There is no such page"
      action={
        <Button component={Link} to="/">
          To the overview
        </Button>
      }
    >
      The address may be of an older version, or the page is not for your role.
    </EmptyState>
  );
}
