// An administrator at the mail policies' pages, who goes by the words on them, in either language.

import assert from 'node:assert/strict';

// The four senders as the service prints them.
export const pasted = '.res.cisco.com\n.cres.iphmx.com\n208.90.57.0/26 (current range)\n204.15.81.0/26 (old range)';

export const labels = {
    en: {
        menu: 'Menu', flow: 'Mail Flow Policies', hat: 'HAT Overview', add_policy: 'Add Policy…', name: 'Name', required: 'Required', submit: 'Submit', add_group: 'Add Sender Group…',
        order: 'Order', comment: 'Comment', policy: 'Policy', and_add: 'Submit and Add Senders >>', no_ipv4: 'An address has four octets', pasted_line: 'line 3 of what was pasted', senders: 'Senders, one a line', commit_bar: (count) => `Commit Changes » (${count})`, commit: 'Commit Changes',
        commit_comment: 'Comment (for the history)', edit_order: 'Edit Order…', order_of: (group) => `Order of ${group}`, up: (group) => `Move ${group} up`, find: 'An address, a host name, or a part of one',
        to_add: '4 to add', none: 'No changes pending', no_policy: 'CONTINUE (no policy)', messages: 'Max. messages per connection', text: 'The difference as text',
        administrators: 'Administrators', last: 'last administrator of the node',
    },
    fr: {
        menu: 'Menu', flow: 'Politiques de flux de messagerie', hat: 'Vue d’ensemble de la HAT', add_policy: 'Ajouter une politique…', name: 'Nom', required: 'Obligatoire', submit: 'Soumettre', add_group: 'Ajouter un groupe d’expéditeurs…',
        order: 'Ordre', comment: 'Commentaire', policy: 'Politique', and_add: 'Soumettre et ajouter des expéditeurs >>', no_ipv4: '"192.0.2.300" n’est ni une adresse IPv4', pasted_line: 'ligne 3 de ce qui a été collé', senders: 'Expéditeurs, un par ligne', commit_bar: (count) => `Valider les modifications » (${count})`, commit: 'Valider les modifications',
        commit_comment: 'Commentaire (pour l’historique)', edit_order: 'Modifier l’ordre…', order_of: (group) => `Ordre de ${group}`, up: (group) => `Monter ${group}`, find: 'Une adresse, un nom d’hôte, ou une partie',
        to_add: '4 à ajouter', none: 'Aucune modification en attente', no_policy: 'CONTINUE (aucune politique)', messages: 'Messages par connexion (max.)', text: 'La différence sous forme de texte',
        administrators: 'Administrateurs', last: 'dernier administrateur du nœud',
    },
};

// French signs stand behind a space at which no line breaks.
export const loose = (text) => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ /g, '[ \\u00a0]')}( \\(.*\\))?$`);

export class Administrator {
    constructor(page, world, look) {
        Object.assign(this, { page, world, look, words: labels[look.locale.slice(0, 2)], tab: page.page });
    }

    async signIn(name, path) {
        await this.enter(name, path);
        await this.page.waitFor('nav.portal-nav');
    }

    async enter(name, path) {
        await this.page.goto(`${this.world.service_url}${path}`);
        await this.page.type('#admin-name', name);
        await this.page.type('#admin-password', this.world.password ?? 'demo-password');
        await this.page.click('[data-part=sign-in] button');
    }

    field(label) {
        return this.tab.getByLabel(loose(label)).first();
    }

    button(label) {
        return this.tab.getByRole('button', { name: loose(label) }).first();
    }

    link(label) {
        return this.tab.getByRole('link', { name: loose(label) }).first();
    }

    /** By the menu, which a narrow screen folds. */
    async visit(name) {
        const door = this.tab.locator('[data-action=menu]');
        if (await door.isVisible()) await door.click();
        await this.tab.locator('nav.menu').getByRole('link', { name: loose(name) }).click();
        await this.page.waitForText('h1', name);
    }

    /** As when the window comes to the front again. */
    lookAgain() {
        return this.page.call(() => document.dispatchEvent(new Event('visibilitychange')));
    }

    async waitForBar(count) {
        await this.page.waitFor(`[data-part=pending][data-count="${count}"]`);
    }
}

export async function startPerson(browser, world, look) {
    const person = await browser.newPerson(look);
    const page = await person.newPage();
    page.page.setDefaultTimeout(20_000);
    return { person, who: new Administrator(page, world, look) };
}

/** Somebody else stages something by the same API. */
export async function changeAsSecond(world, changes) {
    const url = `${world.service_url}/api/v1/policy`;
    const headers = { cookie: 'mock_admin=second', 'content-type': 'application/json' };
    const { edition } = await (await fetch(`${url}/state`, { headers })).json();
    const answer = await fetch(`${url}/edit`, { method: 'POST', headers, body: JSON.stringify({ edition, changes }) });
    assert.equal(answer.status, 200, await answer.clone().text());
}
