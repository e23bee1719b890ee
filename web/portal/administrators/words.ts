// Sentences of "Administrators", one table a language; the compiler holds the keys together.

import { french } from '../../shared/french';
import type { Language } from '../../shared/language';

const en = {
    title: 'Administrators',
    lead: 'Who may sign in here, and what they manage. Every change ends the sessions of whom it concerns at once, and stands in the audit trail.',
    name: 'Name',
    manages: 'Manages',
    state: 'State',
    enabled: 'May sign in',
    disabled: 'Disabled',
    you: 'you',
    node: 'This node',
    no_account: 'No account',
    account: 'Account',
    account_of: (name: string) => `Account of ${name}`,
    node_of: (name: string) => `${name} manages this node`,
    add_title: 'Add an administrator',
    add: 'Add',
    save: 'Save',
    disable: 'Disable',
    enable: 'Enable',
    new_password: 'New password',
    password_sure: (name: string) => `Make a new password for ${name}? The present one ends.`,
    disable_sure: (name: string) => `Keep ${name} from signing in?`,
    remove_sure: (name: string) => `Remove ${name} for ever?`,
    password_made: (name: string) => `The password of ${name}, shown this once`,
    exists: 'This name is taken.',
    name_long: 'This name is too long. Choose a shorter one.',
    of_nothing: 'Choose an account, this node, or both.',
    last_of_node: 'This is the last administrator of the node who may sign in. Add another one first.',
    last_of_account: 'This is the last administrator of the account who may sign in. Add another one first.',
};

export type AdministratorWords = typeof en;

const fr: AdministratorWords = french({
    title: 'Administrateurs',
    lead: 'Qui peut se connecter ici, et ce que chacun administre. Toute modification met fin aussitôt aux sessions de la personne concernée et figure dans le journal d’audit.',
    name: 'Nom',
    manages: 'Administre',
    state: 'État',
    enabled: 'Peut se connecter',
    disabled: 'Désactivé',
    you: 'vous',
    node: 'Ce nœud',
    no_account: 'Aucun compte',
    account: 'Compte',
    account_of: (name: string) => `Compte de ${name}`,
    node_of: (name: string) => `${name} administre ce nœud`,
    add_title: 'Ajouter un administrateur',
    add: 'Ajouter',
    save: 'Enregistrer',
    disable: 'Désactiver',
    enable: 'Activer',
    new_password: 'Nouveau mot de passe',
    password_sure: (name: string) => `Créer un nouveau mot de passe pour ${name} ? L’actuel prend fin.`,
    disable_sure: (name: string) => `Empêcher ${name} de se connecter ?`,
    remove_sure: (name: string) => `Retirer ${name} définitivement ?`,
    password_made: (name: string) => `Le mot de passe de ${name}, affiché cette seule fois`,
    exists: 'Ce nom est déjà pris.',
    name_long: 'Ce nom est trop long. Choisissez-en un plus court.',
    of_nothing: 'Choisissez un compte, ce nœud, ou les deux.',
    last_of_node: 'C’est le dernier administrateur du nœud qui puisse se connecter. Ajoutez-en d’abord un autre.',
    last_of_account: 'C’est le dernier administrateur du compte qui puisse se connecter. Ajoutez-en d’abord un autre.',
});

export const administrator_words: Record<Language, AdministratorWords> = { en, fr };
