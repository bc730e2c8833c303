import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { EmptyState } from '../parts/EmptyState';

/** One page that cannot be loaded or drawn leaves the rest usable, and says what to do. */
export class PageBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidMount() {
    window.addEventListener('online', this.loadIfFailed);
  }

  override componentWillUnmount() {
    window.removeEventListener('online', this.loadIfFailed);
  }

  private readonly loadIfFailed = () => {
    if (this.state.failed) window.location.reload();
  };

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <EmptyState title="This page could not be shown" action={<Button onClick={() => window.location.reload()}>Load it again</Button>}>
        The server may have been away for a moment, or it was updated since you opened this window.
      </EmptyState>
    );
  }
}
