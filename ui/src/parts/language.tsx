// The reader's language and zone: messages, numbers, durations and times, for every component.
import { type ReactNode, createContext, use, useEffect, useMemo, useState } from 'react';
import { type MessageKey, type Messages, en } from '../app/messages/en.ts';
import {
  type Language,
  type Zone,
  formatCount,
  formatDuration,
  tellTimesIn,
} from '../trace/format.ts';
import { type Values, fillMessage } from '../trace/message.ts';
import { readTaste, writeTaste } from './taste.ts';

export interface Text {
  language: Language;
  t: (key: MessageKey, values?: Values) => string;
  duration: (nanos: number | null | undefined) => string;
  count: (count: number) => string;
  choose: (language: Language) => void;
  /** In which all times are told. */
  zone: Zone;
  chooseZone: (zone: Zone) => void;
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(initialLanguage);
  const [zone, setZone] = useState<Zone>(initialZone);
  const [messages, setMessages] = useState<Messages>(en);
  useEffect(() => {
    let wanted = true;
    // Korean is fetched only by those who read it.
    void (
      language === 'ko' ? import('../app/messages/ko.ts').then(({ ko }) => ko) : Promise.resolve(en)
    ).then((loaded) => {
      if (!wanted) return;
      setMessages(loaded);
      document.documentElement.lang = language;
    });
    return () => {
      wanted = false;
    };
  }, [language]);
  const text = useMemo<Text>(() => {
    const count = (value: number) => formatCount(value, language);
    return {
      language,
      zone,
      count,
      t: (key, values = {}) => fillMessage(messages[key], values, count),
      duration: (nanos) => formatDuration(nanos, language),
      choose: (chosen) => {
        writeTaste('language', chosen);
        setLanguage(chosen);
      },
      chooseZone: (chosen) => {
        writeTaste('zone', chosen === 'local' ? null : chosen);
        tellTimesIn(chosen);
        setZone(chosen);
      },
    };
  }, [language, messages, zone]);
  return <TextContext value={text}>{children}</TextContext>;
}

export function useText(): Text {
  const text = use(TextContext);
  if (!text) throw new Error('useText outside of LanguageProvider');
  return text;
}

/** Draws <b>…</b> of a message as bold; everything else stays text. */
export function Emphasis({ text }: { text: string }) {
  return text
    .split(/<b>(.*?)<\/b>/)
    .map((piece, index) => (index % 2 === 1 ? <b key={index}>{piece}</b> : piece));
}

function initialLanguage(): Language {
  const chosen = readTaste('language');
  if (chosen === 'en' || chosen === 'ko') return chosen;
  return navigator.language.startsWith('ko') ? 'ko' : 'en';
}

function initialZone(): Zone {
  const zone = readTaste('zone') === 'utc' ? 'utc' : 'local';
  tellTimesIn(zone);
  return zone;
}

const TextContext = createContext<Text | null>(null);
