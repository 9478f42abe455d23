// axe-core finds nothing on pages that wait, that failed and that have nothing to show. They have few
// elements of their own: opposite looks are enough.
import { DARK, LIGHT, PHONE, holdPages } from './axe.ts';

holdPages(({ state }) => state !== undefined, [LIGHT, DARK, PHONE]);
