// "Envelopes": every envelope of the account.

import { EnvelopeList } from '../../shared/envelopes/envelope-list';
import { Heading } from '../../shared/parts';
import { admin, usePortal } from '../context';

export function EnvelopesPage() {
    const { words } = usePortal();
    return (
        <>
            <Heading>{words.envelopes}</Heading>
            <p>{words.envelopes_lead}</p>
            <EnvelopeList keeper={admin} show_sender />
        </>
    );
}
