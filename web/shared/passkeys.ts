// The two WebAuthn ceremonies, between the service's JSON (base64url) and the browser's octets.

import type { Schemas } from './service';

/** What the service answers for a new passkey: PublicKeyCredentialCreationOptionsJSON. */
export type CreationOptions = Schemas['PasskeyCreationOptions'];
/** And for signing in: PublicKeyCredentialRequestOptionsJSON. */
export type RequestOptions = Schemas['PasskeyRequestOptions'];

export interface NewCredential {
    id: string;
    type: string;
    response: { clientDataJSON: string; attestationObject: string };
}

export interface UsedCredential {
    id: string;
    type: string;
    response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle?: string };
}

export function hasPasskeys(): boolean {
    return typeof PublicKeyCredential === 'function' && 'credentials' in navigator;
}

export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
    const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
    return Uint8Array.from(binary, (one) => one.charCodeAt(0));
}

export function toBase64url(octets: ArrayBuffer): string {
    const binary = Array.from(new Uint8Array(octets), (one) => String.fromCharCode(one)).join('');
    return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

const unpack = (one: Schemas['PasskeyDescriptor']) => ({ type: one.type, id: fromBase64url(one.id) });

/** Throws what the browser throws: NotAllowedError when cancelled, InvalidStateError when there is one already. */
export async function createPasskey(options: CreationOptions): Promise<NewCredential> {
    const publicKey = {
        ...options,
        challenge: fromBase64url(options.challenge),
        user: { ...options.user, id: fromBase64url(options.user.id) },
        excludeCredentials: options.excludeCredentials.map(unpack),
    };
    const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential | null;
    if (!made) throw new DOMException('no passkey was made', 'NotAllowedError');
    const response = made.response as AuthenticatorAttestationResponse;
    return {
        id: made.id,
        type: made.type,
        response: { clientDataJSON: toBase64url(response.clientDataJSON), attestationObject: toBase64url(response.attestationObject) },
    };
}

export async function usePasskey(options: RequestOptions): Promise<UsedCredential> {
    const publicKey = { ...options, challenge: fromBase64url(options.challenge), allowCredentials: options.allowCredentials.map(unpack) };
    const used = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential | null;
    if (!used) throw new DOMException('no passkey was used', 'NotAllowedError');
    const response = used.response as AuthenticatorAssertionResponse;
    return {
        id: used.id,
        type: used.type,
        response: {
            clientDataJSON: toBase64url(response.clientDataJSON),
            authenticatorData: toBase64url(response.authenticatorData),
            signature: toBase64url(response.signature),
            ...(response.userHandle && { userHandle: toBase64url(response.userHandle) }),
        },
    };
}

const hint = 'sealpost-passkey';

/** Whether a passkey was used in this browser: it is offered first then. */
export function usesPasskeys(): boolean {
    try {
        return hasPasskeys() && localStorage.getItem(hint) === '1';
    } catch {
        return false;
    }
}

export function rememberPasskeys(): void {
    try {
        localStorage.setItem(hint, '1');
    } catch {
        // A browser that keeps nothing: the button stands further down.
    }
}
