// One sender group: its settings, its senders, and the form that adds some.

import { Heading } from '../../shared/parts';
import { joinPath, Link, useRoute } from '../route';
import { Command } from '../spf-advice-part';
import type { Row, Section } from './api';
import { EditNotices, useEdit, usePolicyWords, useSection } from './context';
import { groupPath, hat_root, PolicyName } from './hat-parts';
import { hat_words } from './hat-words';
import { orderOf } from './order';
import { GoneNotice, LoadNotices, StateBadge, SureButton, useKept } from './parts';
import { SenderForm } from './sender-form';
import { SenderList } from './sender-list';
import { showValue } from './show-value';

export function GroupPart(props: { listener: string; name: string }) {
    const { words } = usePolicyWords();
    const { query } = useRoute();
    const { listener, name } = props;
    const { data, problem } = useSection('sender_group', listener);
    const id = `${listener}/${name}`;
    const { row, is_gone } = useKept(data?.rows.find((one) => one.id === id && !one.predefined) ?? null);
    return (
        <>
            <Link to={joinPath(hat_root, listener)}>{words.back_to(words.hat)}</Link>
            <div class="spread">
                <Heading focus={!query.has('add')}>{name} {row && !is_gone && <StateBadge state={row.state} />}</Heading>
            </div>
            <LoadNotices data={data} problem={problem} />
            {data && !row && <p class="quiet">{words.gone}</p>}
            {is_gone && <GoneNotice />}
            {data && row && (
                <>
                    {!is_gone && <Settings listener={listener} name={name} row={row} loaded={data} />}
                    <SenderForm id={id} is_gone={is_gone} edition={data.edition} focus={query.has('add')} />
                    {!is_gone && <SenderList listener={listener} name={name} />}
                </>
            )}
            <Command text="sealpost policy export" />
        </>
    );
}

function Settings(props: { listener: string; name: string; row: Row; loaded: Section }) {
    const { words, language } = usePolicyWords();
    const own = hat_words[language];
    const { go } = useRoute();
    const editor = useEdit(props.loaded.edition);
    const { values } = props.row;
    const checks = props.loaded.keys.find((key) => key.name === 'host_checks');
    const place = props.loaded.rows.filter((row) => !row.predefined).findIndex((row) => row.id === props.row.id);

    async function remove() {
        const answer = await editor.submit([{ do: 'remove', section: 'sender_group', row: props.row.id }]);
        if (answer) go(joinPath(hat_root, props.listener));
    }

    return (
        <article data-part="settings">
            <dl class="facts">
                <dt>{words.listener}</dt><dd>{props.listener}</dd>
                <dt>{own.order}</dt><dd>{orderOf(props.row, place)}</dd>
                {values['comment'] && <><dt>{own.comment}</dt><dd>{String(values['comment'])}</dd></>}
                <dt>{own.policy}</dt><dd><PolicyName name={values['policy']} /></dd>
                {checks && <><dt>{own.host_checks}</dt><dd>{values['host_checks'] ? showValue('sender_group', checks, values['host_checks'], language) : own.none}</dd></>}
            </dl>
            <EditNotices editor={editor} />
            <div class="row">
                <Link to={groupPath(props.listener, props.name, 'edit')} class="button compact outline" action="edit-group">{own.edit_settings}</Link>
                <SureButton plain label={own.delete} question={own.delete_sure(props.name)} yes={words.delete} action="delete-group" busy={editor.busy} run={() => void remove()} />
            </div>
        </article>
    );
}
