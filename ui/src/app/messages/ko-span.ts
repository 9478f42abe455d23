// 스팬 패널의 문구.
import type { span as english } from './en-span.ts';

export const span: typeof english = {
  'panel.loading': '스팬을 불러오는 중',
  'panel.failed': '스팬을 불러오지 못했습니다. {why}',
  'panel.logs': '이 스팬의 로그',
  'panel.exclude': '{key} 값이 다른 트레이스 검색',
  'trace.tools': '찾기와 필터',
  'trace.find.searching': '검색 중',
};
