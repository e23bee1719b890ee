// The addresses of the person who is signed in, and taking one off: whoever proves it from then on is somebody else. The last one stays.

import { Heading, Notice } from '../shared/parts';
import type { Problem } from '../shared/problem';
import { describeProblem } from '../shared/tongue';
import { useCall, waiting } from '../shared/use-call';
import type { Session } from './api';
import { mayChangeAddresses } from './assurance';
import { service, useReader } from './context';

export function OwnAddresses(props: { session: Session; changed(): Promise<void> }) {
    const { security } = useReader();
    const addresses = props.session.person?.addresses ?? [];
    const may_remove = addresses.length > 1 && mayChangeAddresses(props.session);
    return (
        <article data-part="addresses">
            <Heading level={2}>{security.addresses}</Heading>
            <p>{security.addresses_lead}</p>
            <ul class="files">{addresses.map((one) => <AddressRow key={one} address={one} may_remove={may_remove} changed={props.changed} />)}</ul>
        </article>
    );
}

function AddressRow(props: { address: string; may_remove: boolean; changed(): Promise<void> }) {
    const { security, shared } = useReader();
    const { address } = props;
    const { busy, problem, call } = useCall();
    const remove = () => {
        if (confirm(security.address_remove_sure(address))) {
            void call(async () => {
                await service.removeAddress(address);
                await props.changed();
            });
        }
    };
    const describe = (found: Problem) => (found.kind === 'last-address' ? security.address_last : describeProblem(found, shared));
    return (
        <li data-address={address}>
            <div class="file">
                <strong>{address}</strong>
                {problem && <Notice kind="bad"><p>{describe(problem)}</p></Notice>}
            </div>
            {props.may_remove && <button type="button" class="plain danger" data-action="remove" aria-label={security.remove_what(address)} {...waiting(busy)} onClick={remove}>{security.remove}</button>}
        </li>
    );
}
