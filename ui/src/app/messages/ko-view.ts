// The words of looking at files in Korean.
import type { view as en } from './en-view.ts';

export const view: Readonly<Record<keyof typeof en, string>> = {
  'frame.view': '파일 보기',
  'view.title': '트레이스 파일 보기',
  'view.text':
    '파일의 스팬을 보관된 트레이스와 똑같은 화면으로 보여 줍니다. 서버는 파일을 읽기만 하고 아무것도 저장하지 않습니다.',
  'view.drop': '이 페이지 아무 곳에나 JSON 파일을 놓으세요',
  'view.choose': '파일 선택',
  'view.accepts':
    'Zipkin(v1, v2), OTLP(Collector가 쓰는 한 줄에 요청 하나 형식 포함), Jaeger, Hopline에서 내려받은 파일. gzip으로 압축된 파일도 됩니다. 이름과 상관없이 내용으로 알아봅니다.',
  'view.paste': '또는 JSON 붙여넣기',
  'view.paste.show': '붙여넣은 트레이스 보기',
  'view.pasted': '붙여넣은 내용',
  'view.over': '놓으면 바로 볼 수 있습니다. 저장하지 않습니다.',
  'view.stage.reading': '{name} 읽는 중',
  'view.stage.sending': '{name} 보내는 중',
  'view.stage.waiting': '서버가 {name} 정리하는 중',
  'view.cancel': '취소',
  'view.failed': '{name}: 표시할 수 없습니다.',
  'view.large': '{name}: 파일이 너무 큽니다.',
  'view.large.text':
    '크기는 {size}이고 이 서버의 한도는 {limit}입니다. 트레이스를 줄이거나 더 큰 --body-inflated-max로 서버를 시작하세요.',
  'view.large.packed':
    '압축된 크기는 {size}이고 이 서버의 한도는 {limit}입니다. 트레이스를 줄이거나 더 큰 --body-max로 서버를 시작하세요.',
  'view.gone': '{name}: 열려 있지 않습니다.',
  'view.gone.text':
    '파일은 한 페이지의 메모리에만 있습니다. 다시 선택하면 이 주소가 같은 화면을 보여 줍니다.',
  'view.bar': '파일',
  'view.bar.lead': '파일에서 읽음. 저장되지 않음.',
  'view.bar.what': '{format}, 스팬 {count}개',
  'view.all': '트레이스 {count}개 모두',
  'view.close': '파일 닫기',
  'view.save': '내려받기',
  'view.save.failed': '변환하지 못했습니다: {reason}',
  'view.refused': '파일의 스팬 {count}개는 표시되지 않습니다.',
  'view.traces': '파일의 트레이스 {count}개',
  'view.root': '트레이스',
  'view.duration': '소요 시간',
  'view.listed': '최근 {count}개만 표시',
};
