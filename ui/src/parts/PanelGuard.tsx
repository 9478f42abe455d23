// Catches a panel that broke, so that the rest of the page goes on.
import { Component, type ReactNode } from 'react';
import { Banner } from './Banner.tsx';
import { useText } from './language.tsx';

export class PanelGuard extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return <BrokenPanel onReload={() => this.setState({ broken: false })} />;
  }
}

function BrokenPanel({ onReload }: { onReload: () => void }) {
  const { t } = useText();
  return (
    <Banner tone="error" lead={t('failure.panel.lead')} text={t('failure.panel.text')}>
      <button type="button" className="button" onClick={onReload}>
        {t('failure.panel.reload')}
      </button>
    </Banner>
  );
}
