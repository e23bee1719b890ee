// "My sign-in": the authenticator app and the recovery codes of the administrator who is signed in.

import { useContext, useEffect, useState } from 'preact/hooks';
import { AddApp, describeDays, RecoveryCodes } from '../../shared/factors/set-up';
import { factor_words } from '../../shared/factors/words';
import { Heading, LoadFailed, Notice, Waiting } from '../../shared/parts';
import { describeProblem } from '../../shared/tongue';
import { useCall, waiting } from '../../shared/use-call';
import type { Administrator } from '../api';
import { admin, OwnSession, usePortal } from '../context';
import { useRoute } from '../route';
import { beginApp, confirmApp, loadFactors, makeRecoveryCodes, removeApp, type OwnFactors } from './api';
import { own_words } from './words';

export const own_path = '/portal/system/sign-in';

export function OwnPage() {
    const { shared, language } = usePortal();
    const words = own_words[language];
    const { who, change } = useContext(OwnSession);
    const { path, go } = useRoute();
    const [factors, setFactors] = useState<OwnFactors | null>(null);
    const { problem, call } = useCall();

    const load = async () => setFactors(await loadFactors());
    useEffect(() => void call(load), []);

    /** Its recovery codes come next, and so the page stays when all others appear beside it. */
    function enter(session: Administrator) {
        if (path !== own_path) go(own_path);
        change(session);
        void call(load);
    }

    return (
        <>
            <Heading>{words.title}</Heading>
            <p>{words.lead}</p>
            {who.must_add_factor && <Notice kind="warn"><p>{words.must}</p></Notice>}
            {problem && !factors && <LoadFailed problem={problem} retry={() => void call(load)} />}
            {problem && factors && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            {!factors && !problem && <Waiting text={shared.loading} />}
            {factors && <AppPart factors={factors} enter={enter} removed={async () => { change(await admin.whoAmI()); await load(); }} />}
            {factors && <RecoveryPart factors={factors} changed={() => void call(load)} />}
        </>
    );
}

function AppPart(props: { factors: OwnFactors; enter(session: Administrator): void; removed(): Promise<void> }) {
    const { shared, language } = usePortal();
    const words = own_words[language];
    const common = factor_words[language];
    const { totp } = props.factors;
    const { busy, problem, call } = useCall();
    const remove = () => {
        if (confirm(words.app_remove_sure)) {
            void call(async () => {
                await removeApp();
                await props.removed();
            });
        }
    };
    return (
        <article data-part="app">
            <Heading level={2}>{common.app}</Heading>
            <p>{words.app_lead}</p>
            {totp ? <p data-part="app-on">{common.app_on} <span class="quiet small">{describeDays(totp, language)}</span></p> : <p class="quiet">{words.app_none}</p>}
            {problem && <Notice kind="bad"><p>{describeProblem(problem, shared)}</p></Notice>}
            <AddApp outline={totp !== null} label={totp ? common.replace_app : common.set_up_app} begin={beginApp} confirm={confirmApp} done={props.enter} />
            {totp && <p><button type="button" class="plain danger" data-action="remove-app" {...waiting(busy)} onClick={remove}>{common.app_remove}</button></p>}
        </article>
    );
}

function RecoveryPart(props: { factors: OwnFactors; changed(): void }) {
    const { language } = usePortal();
    const words = own_words[language];
    const common = factor_words[language];
    const { totp, recovery_codes: left } = props.factors;
    return (
        <article data-part="recovery">
            <Heading level={2}>{common.recovery}</Heading>
            <p>{words.recovery_lead}</p>
            <p>{!totp ? words.recovery_first : left > 0 ? common.recovery_left(left) : words.recovery_none}</p>
            {totp && (
                <RecoveryCodes outline={left > 0} label={left > 0 ? common.recovery_again : common.recovery_make} {...(left > 0 && { question: common.recovery_sure })}
                    make={makeRecoveryCodes} done={props.changed} />
            )}
        </article>
    );
}
