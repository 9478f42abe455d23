// A lasting message above the content it concerns: what happened, what is still true, what to do.
import type { ReactNode } from 'react';
import { Icon } from './Icon.tsx';
import styles from './Banner.module.css';

interface BannerProps {
  tone: 'warn' | 'error';
  lead: string;
  text?: string | undefined;
  children?: ReactNode;
}

export function Banner({ tone, lead, text, children }: BannerProps) {
  return (
    <div className={`${styles.banner} ${styles[tone]}`} role={tone === 'error' ? 'alert' : 'note'}>
      <span className={styles.icon}>
        <Icon name="warning" />
      </span>
      <p>
        <b>{lead}</b> {text}
      </p>
      {children}
    </div>
  );
}
