// axe-core finds nothing on any page, in both themes, both languages and on a phone.
import { DARK, LIGHT, PHONE, holdPages } from './axe.ts';

holdPages(
  ({ state }) => state === undefined,
  [LIGHT, { ...LIGHT, locale: 'ko-KR' }, { ...DARK, locale: 'en-US' }, DARK, PHONE],
);
