// The mock of the certificates of a node: doc/spec/certificates-api.md. What is installed is told by the words inside the PEM
// texts: LEAF, INTERMEDIATE, OLD (expired), OTHER (of another key).
import { administratorOf } from './admin.mjs';
import { Answer, json, problem } from './http.mjs';

const day = (offset) => new Date(Date.now() + offset * 86400e3).toISOString();
const certificate = (subject, issuer, from, until, more = {}) => ({
    subject, issuer, names: [], not_before: day(from), not_after: day(until), key: 'EC 256', signature_hash: 'SHA256',
    sha256: '3f9a1c77d05be2486a90c1f4e8b7355d2a6610c9e47fb83d15a2970c6e41d8b3', ca: false, self_signed: false, ...more,
});

const leaf_of = (names) => certificate(`CN=${names[0]}`, 'CN=Trusty Issuing CA 3, O=Trusty', -20, 70, { names });
const intermediate = certificate('CN=Trusty Issuing CA 3, O=Trusty', 'CN=Trusty Root, O=Trusty', -900, 1400, { key: 'RSA 4096', ca: true });
const self_made = (name, from, until) => certificate(`CN=${name}`, `CN=${name}`, from, until, { names: [name], self_signed: true });
const issuer_url = 'http://crt.trusty.test/issuing3.crt';

// Word for word what src/core/certificates/finding.cpp says.
export const fixes = {
    en: {
        missing_intermediate: `Install the intermediate certificate "CN=Trusty Issuing CA 3, O=Trusty" together with this one; the authority hands it out beside the certificate. It can be had at ${issuer_url}.`,
        self_signed: 'Have an authority sign a certificate: nobody can verify one that is signed by itself.', expired: 'Have it renewed, and install the new certificate.', ok: '',
        'wrong-key': 'Give the key that the certificate was requested with, or have the request that is pending here signed.',
        'no-certificate': 'Give the certificate that the authority signed.',
    },
    fr: {
        missing_intermediate: `Installez le certificat intermédiaire « CN=Trusty Issuing CA 3, O=Trusty » avec celui-ci ; l'autorité le fournit à côté du certificat. Il se trouve à ${issuer_url}.`,
        self_signed: 'Faites signer un certificat par une autorité : personne ne peut vérifier un certificat auto-signé.', expired: 'Faites-le renouveler et installez le nouveau certificat.', ok: '',
        'wrong-key': 'Donnez la clé avec laquelle le certificat a été demandé, ou faites signer la demande en attente ici.',
        'no-certificate': "Donnez le certificat que l'autorité a signé.",
    },
};
const languageOf = (request) => ((request.headers['accept-language'] ?? '').startsWith('fr') ? 'fr' : 'en');

export function makeCertificates() {
    const entry = (name, more) => ({ name, kept_by: 'node', acme: null, names: [`${name}.acme.test`], used_by: [], state: 'installed', installed_at: day(-20), chain: [], request: null, request_problem: null, renewal: null, ...more });
    return [
        entry('mx1', { state: 'demo', used_by: ['listener public', 'listener submission'], chain: [self_made('mx1.acme.test', -3, 362)] }),
        entry('keys', { acme: 'letters', used_by: ['service', 'admin'], chain: [leaf_of(['keys.acme.test']), intermediate], renewal: { next: day(40), last_problem: null } }),
        entry('old', { used_by: [], state: 'expired', chain: [certificate('CN=old.acme.test', 'CN=Trusty Issuing CA 3, O=Trusty', -370, -5, { names: ['old.acme.test'] }), intermediate] }),
        entry('files', { kept_by: 'files', used_by: ['listener inner'], chain: [leaf_of(['files.acme.test'])], installed_at: null }),
    ];
}

function verdictOf(chain) {
    if (chain[0].self_signed) return 'self_signed';
    if (chain.some((one) => new Date(one.not_after) < new Date())) return 'expired';
    return chain.length === 1 ? 'missing_intermediate' : 'ok';
}

function faultyOf(chain, verdict) {
    if (verdict === 'ok') return null;
    return verdict === 'expired' ? chain.findIndex((one) => new Date(one.not_after) < new Date()) : verdict === 'missing_intermediate' ? chain.length : 0;
}

function findingOf(chain, language) {
    const verdict = verdictOf(chain);
    const is_missing = verdict === 'missing_intermediate';
    return {
        verdict, chain, detail: verdict === 'ok' ? '' : `verification: ${verdict}`, fix: fixes[language][verdict],
        missing_issuer: is_missing ? chain[0].issuer : null, missing_issuer_url: is_missing ? issuer_url : null,
        faulty: faultyOf(chain, verdict),
    };
}

const show = (entry, language) => json(200, shown(entry, language));
function shown(entry, language) {
    const days_left = Math.floor((new Date(entry.chain[0].not_after) - Date.now()) / 86400e3);
    return { ...entry, finding: findingOf(entry.chain, language), days_left };
}

/** The chain that would stand, as the service puts it together. */
function chainOf(entry, material, language) {
    if (material.pkcs12) {
        if (material.password !== 'sesame') throw problem(400, 'bad-request', { detail: 'The password does not open it.', fix: '' });
        return [leaf_of(entry.names), intermediate];
    }
    const text = `${material.certificate ?? ''}${material.intermediates ?? ''}`;
    const brings = (word) => text.includes(word);
    if (brings('OTHER')) throw problem(409, 'wrong-key', { fix: fixes[language]['wrong-key'] });
    const own = brings('OLD') ? [certificate(`CN=${entry.names[0]}`, intermediate.subject, -400, -10, { names: entry.names })] : brings('LEAF') ? [leaf_of(entry.names)]
        : brings('INTERMEDIATE') && entry.state !== 'demo' ? [entry.chain[0]] : null;
    if (!own) throw problem(409, 'no-certificate', { fix: fixes[language]['no-certificate'] });
    return brings('INTERMEDIATE') ? [...own, intermediate] : own;
}

export function certificateRoutes(world) {
    world.certificates = makeCertificates();
    const find = (request, changes) => {
        if (!administratorOf(request).areas?.includes('node')) throw problem(403, 'not-allowed');
        const entry = world.certificates.find((one) => one.name === request.params[0]);
        if (!entry) throw problem(404, 'not-found');
        if (changes && entry.kept_by === 'files') throw problem(409, 'not-kept-by-node');
        if (changes && request.headers['x-csrf-token'] !== 'token') throw problem(403, 'not-allowed');
        return entry;
    };
    return [
        ['GET', /^\/api\/v1\/certificates$/, (request) => json(200, { certificates: world.certificates.map((one) => shown(one, languageOf(request))) })],
        ['GET', /^\/api\/v1\/certificates\/([^/]+)$/, (request) => show(find(request), languageOf(request))],
        ['POST', /^\/api\/v1\/certificates\/([^/]+)\/request$/, async (request) => {
            const entry = find(request, true);
            const { names, key_type, subject } = await request.json();
            const lines = Array.from({ length: 6 }, (_, index) => 'MIIBSjCB8QIBADBfMQswCQYDVQQGEwJDSDENMAsGA1UECgwEQWNtZTEWMBQGA1UEAwwNbXgxLmFj'.slice(index) + 'bWUudGVzdA'.slice(0, index));
            entry.request = { made_at: new Date().toISOString(), key: key_type === 'rsa' ? 'RSA 3072' : 'EC 256', names, pem: `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n` };
            world.last_request = { names, key_type, subject };
            return show(entry, languageOf(request));
        }],
        ['POST', /^\/api\/v1\/certificates\/([^/]+)\/check$/, async (request) => {
            const entry = find(request, true);
            return json(200, findingOf(chainOf(entry, await request.json(), languageOf(request)), languageOf(request)));
        }],
        ['POST', /^\/api\/v1\/certificates\/([^/]+)\/install$/, async (request) => {
            const entry = find(request, true);
            const language = languageOf(request);
            const material = await request.json();
            const chain = chainOf(entry, material, language);
            const finding = findingOf(chain, language);
            if (finding.verdict !== 'ok' && material.even_though_it_does_not_verify !== true) return problem(409, 'does-not-verify', { finding });
            Object.assign(entry, { chain, state: finding.verdict === 'expired' ? 'expired' : 'installed', installed_at: new Date().toISOString(), request: null });
            return show(entry, language);
        }],
        ['POST', /^\/api\/v1\/certificates\/([^/]+)\/renew$/, (request) => {
            const entry = find(request, true);
            if (!entry.acme) return problem(409, 'not-acme', { fix: '' });
            world.renewed = entry.name;
            return new Answer(202, '');
        }],
    ];
}
