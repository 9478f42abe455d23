// Mounts the window.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
// Before the pages, so that a component's own style wins over the ground.
import './app/tokens.css';
import './app/base.css';
import { App } from './app/App.tsx';

const place = document.getElementById('root');
if (!place) throw new Error('index.html has no #root');
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
