// Keys and values as they were recorded, each copied or searched for with one press. Values are hostile text.
import { useState } from 'react';
import { Link } from 'react-router';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { useCopy } from '../../parts/use-copy.ts';
import { groupAttributes } from '../../trace/attribute-groups.ts';
import { EMPTY_QUESTION, writeQuestion } from '../../trace/question.ts';
import { type Attribute, valueText } from '../../trace/span.ts';
import { webAddress } from '../../trace/web-address.ts';
import styles from './AttributeTable.module.css';

interface AttributeTableProps {
  attributes: readonly Attribute[];
  grouped?: boolean;
}

export function AttributeTable({ attributes, grouped = false }: AttributeTableProps) {
  const { t } = useText();
  const groups = grouped
    ? groupAttributes(attributes)
    : [{ name: '', attributes: [...attributes] }];
  return groups.map((group) => (
    <section key={group.name}>
      {grouped && (
        <h4 className={styles.group} translate={group.name ? 'no' : 'yes'}>
          {group.name ?? t('panel.group.app')}
        </h4>
      )}
      <dl>
        {group.attributes.map((attribute, index) => (
          <AttributeRow key={index} attribute={attribute} />
        ))}
      </dl>
    </section>
  ));
}

/** Longer values are cut until asked for: one of them may hold a whole document. */
const LONG = 240;

function AttributeRow({ attribute }: { attribute: Attribute }) {
  const { t } = useText();
  const copy = useCopy();
  const [whole, setWhole] = useState(false);
  const text = valueText(attribute.value);
  const web = webAddress(text);
  const shown = whole || text.length <= LONG ? text : `${text.slice(0, LONG)}…`;
  const condition = `${attribute.key}=${text}`;
  return (
    <div className={styles.row}>
      <dt translate="no" lang="en">
        {attribute.key}
      </dt>
      <dd translate="no" lang="en">
        {web ? (
          <a href={web} target="_blank" rel="noopener noreferrer">
            {shown}
          </a>
        ) : (
          shown
        )}
        {text.length > LONG && (
          <button type="button" className="link" onClick={() => setWhole(!whole)}>
            {t(whole ? 'panel.show.less' : 'panel.show.all')}
          </button>
        )}
        <span className={styles.actions}>
          {text.length <= LONG &&
            (['filter', 'exclude'] as const).map((way) => (
              <Link
                key={way}
                to={{ pathname: '/', search: searchFor(condition, way) }}
                className="quiet"
                aria-label={t(`panel.${way}`, { key: attribute.key })}
                title={t(`panel.${way}`, { key: attribute.key })}
              >
                <Icon name={way} />
              </Link>
            ))}
          <button
            type="button"
            className="quiet"
            aria-label={t('panel.copy.value', { key: attribute.key })}
            title={t('panel.copy.value', { key: attribute.key })}
            onClick={() => copy(text)}
          >
            <Icon name="copy" />
          </button>
        </span>
      </dd>
    </div>
  );
}

/** The search of the last day for traces that have this, or that have not. */
function searchFor(condition: string, way: 'filter' | 'exclude'): string {
  const question = { ...EMPTY_QUESTION, range: { from: '-24h', to: 'now' } };
  const address = writeQuestion(question);
  address.append(way === 'filter' ? 'tag' : 'notTag', condition);
  return `?${address}`;
}
