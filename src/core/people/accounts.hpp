#pragma once

#include "base/secret.hpp"
#include "core/people/ids.hpp"
#include "core/people/store.hpp"
#include "sys/async/task.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::people {

// Who may begin a message to an account's domains (doc/decisions/0058): nobody, whom an envelope of the account named as a
// recipient, whoever proves an address. The values are kept in the store.
enum class ComposeFrom { nobody = 0, known = 1, anyone = 2 };
[[nodiscard]] std::string_view format_compose_from(ComposeFrom from);  // nobody | known | anyone
[[nodiscard]] std::optional<ComposeFrom> parse_compose_from(std::string_view text);

// An account is one organisation that sends envelopes (a tenant).
struct Account {
    AccountId id;
    std::string name;             // short, for operators: "acme"
    std::string organisation;     // shown to people: "Acme Ltd"
    std::string logo;             // a data: URI, or empty
    std::string language = "en";  // what its recipients get until they choose
    std::vector<std::string> domains;
    bool is_enabled = true;  // false: its tokens are refused; what was sealed before stays readable
    ComposeFrom compose = ComposeFrom::known;
};

// What is absent stays as it is.
struct AccountChange {
    std::optional<std::string> name;
    std::optional<std::string> organisation;
    std::optional<std::string> logo;
    std::optional<std::string> language;
    std::optional<ComposeFrom> compose;
    std::vector<std::string> new_domains;  // behind those that are there
    std::vector<std::string> gone_domains;
};

struct TokenFacts {
    TokenId id;
    AccountId account;
    std::string label;  // where it is used: "mx1"
    std::vector<std::string> scopes;
    WallTime created_at;
    std::optional<WallTime> last_used_at;
    std::optional<WallTime> revoked_at;
    bool is_of_enabled_account = true;  // by check_token() only
};

struct NewToken {
    TokenId id;
    Secret token;  // "spt_…", shown once; the store keeps only its SHA-256
};

// Whose a sender's domain is, as the operator says it (account add --domain), by its own name or the nearest one above it: the
// account's; none of its own, although it has some, or another has this one; nobody's, and the account has none.
enum class SenderDomain { own, foreign, unknown };
[[nodiscard]] std::string_view format_sender_domain(SenderDomain domain);  // own | foreign | unknown

// Whose a domain is as the operator says it, and the name by which it is: the domain's own, or the nearest one above it.
struct DomainOwner {
    AccountId account;
    std::string name;
};

// Accounts and the tokens of their gateways.
class Accounts {
public:
    static constexpr std::string_view envelopes_scope = "envelopes";

    explicit Accounts(Store store) : store_(std::move(store)) {}

    // Fault::denied when the name or one of the domains is taken; give_up when a text steers a terminal or hides from the eye.
    // `account.id` is ignored.
    Task<Result<Account>> add(Account account);
    // Fault::denied as above, or when a domain that is to go is none of its own; absent: no such account.
    Task<Result<std::optional<Account>>> change(AccountId id, AccountChange change);
    Task<Result<bool>> set_enabled(AccountId id, bool enabled);  // false: it was so, or there is no such account
    // By its administrator (`who`); in the audit trail as account.compose_set. False: there is no such account.
    Task<Result<bool>> set_compose(AccountId id, ComposeFrom from, std::string who, std::string network);
    Task<Result<std::vector<AccountId>>> list_open_to_anyone();  // that are enabled
    Task<Result<std::vector<Account>>> list();
    Task<Result<std::optional<Account>>> find(AccountId id);
    Task<Result<std::optional<Account>>> find_by_name(std::string name);

    Task<Result<SenderDomain>> judge_sender_domain(AccountId id, std::string domain);
    Task<Result<std::optional<DomainOwner>>> find_domain_owner(std::string domain);

    Task<Result<NewToken>> make_token(AccountId account, std::string label, std::vector<std::string> scopes);
    // The token's facts when it is known, not revoked and holds the scope; notes its use (to the minute). The caller refuses
    // one whose account is disabled.
    Task<Result<std::optional<TokenFacts>>> check_token(Secret token, std::string scope);
    Task<Result<std::vector<TokenFacts>>> list_tokens(std::optional<AccountId> account);
    Task<Result<bool>> revoke_token(TokenId id);  // false: no such token

private:
    Store store_;
};

}  // namespace sealpost::people
