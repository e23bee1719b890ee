#include "core/traffic/play.hpp"

#include "base/text.hpp"
#include "wire/mail/mailbox.hpp"

#include <algorithm>

namespace sealpost::traffic {

using policy::Cause;
using policy::ConnectionVerdict;
using policy::Ruling;

namespace {

std::string key_of(const policy::ConnectionFacts& facts)
{
    std::string key = facts.listener + '\n' + format_ip(facts.ip) + '\n' +
                      std::string(policy::format_host_state(facts.host_state)) + '\n' + facts.host + '\n' + facts.country + '\n';
    if (facts.reputation) key += std::to_string(*facts.reputation);
    key += '\n' + join(facts.dns_lists, " ") + '\n' + join(facts.other_hosts, " ") + '\n' + join(facts.open_hosts, " ");
    return key;
}

policy::TransactionFacts describe(const policy::Snapshot& snapshot, const MessageRecord& record,
                                  const ConnectionVerdict& connection, const std::string& hostname)
{
    policy::TransactionFacts facts;
    facts.sender = record.sender;
    facts.declared_size = record.declared_size;
    facts.size = record.size;
    // Who came inside TLS comes without it where it is not offered; implicit TLS is the listener's.
    facts.inside_tls = record.tls == TlsKind::implicit ||
                       (record.tls == TlsKind::starttls && snapshot.offers_tls(record.facts.listener, connection));
    // Who was not asked for a certificate may have a good one.
    const bool is_unknown = record.certificate == policy::ClientCertificate::none && !record.certificate_asked;
    facts.certificate = is_unknown ? policy::ClientCertificate::verified : record.certificate;
    facts.signed_in = record.signed_in && policy::may_sign_in(connection, facts.inside_tls);
    facts.number = record.number;
    facts.hostname = hostname;
    return facts;
}

// What has been said to the recipients so far.
class Transaction {
public:
    Transaction(const policy::Snapshot& snapshot, const ConnectionVerdict& connection, const MessageRecord& record,
                const std::string& hostname)
        : snapshot_(snapshot), connection_(connection), record_(record), facts_(describe(snapshot, record, connection, hostname))
    {
    }

    std::vector<Ruling> rule()
    {
        std::vector<Ruling> rulings;
        Ruling start = policy::decide_admission(connection_, record_.facts);
        if (!start.is_refusal()) start = policy::decide_mail(snapshot_, connection_, record_.facts, facts_);
        if (start.is_refusal() || record_.recipients.empty()) {
            rulings.assign(std::max<std::size_t>(record_.recipients.size(), 1), start);
            return rulings;
        }
        for (const auto& recipient : record_.recipients) rulings.push_back(rule_on(recipient.address));
        rule_on_content(rulings);
        return rulings;
    }

private:
    Ruling rule_on(const std::string& address)
    {
        Ruling ruling = policy::decide_rcpt(snapshot_, connection_, record_.facts, facts_, taken_, address).ruling;
        if (ruling.is_refusal()) return ruling;
        if (!mail::is_postmaster(address)) {
            policy::AuthFacts found;
            found.spf = record_.found.spf;
            ruling = policy::decide_authenticity(connection_, facts_, found, policy::Stage::rcpt);
        }
        if (!ruling.is_refusal()) ++taken_;
        return ruling;
    }

    void rule_on_content(std::vector<Ruling>& rulings) const
    {
        Ruling end = policy::decide_size(connection_, facts_);
        if (!end.is_refusal()) {
            policy::AuthFacts found = record_.found;
            found.only_postmaster = true;
            for (std::size_t i = 0; i < rulings.size(); ++i)
                if (!rulings[i].is_refusal() && !mail::is_postmaster(record_.recipients[i].address))
                    found.only_postmaster = false;
            end = policy::decide_authenticity(connection_, facts_, found, policy::Stage::end);
        }
        if (!end.is_refusal()) return;
        for (auto& ruling : rulings)
            if (!ruling.is_refusal()) ruling = end;
    }

    const policy::Snapshot& snapshot_;
    const ConnectionVerdict& connection_;
    const MessageRecord& record_;
    policy::TransactionFacts facts_;
    unsigned taken_ = 0;
};

// What was found then, where the policy has nothing against it.
Ruling recall(const Outcome& outcome)
{
    Ruling ruling;
    if (outcome.is_refusal() && !outcome.by_policy) {
        ruling.cause = Cause::other;
        ruling.stage = outcome.stage;
        ruling.code = outcome.code;
    }
    return ruling;
}

std::string_view describe_action(policy::SealAction action)
{
    switch (action) {
        case policy::SealAction::seal: return ", sealed";
        case policy::SealAction::if_tls_fails: return ", sealed unless TLS";
        case policy::SealAction::clear: break;
    }
    return "";
}

}  // namespace

const ConnectionVerdict& Player::connect(const policy::ConnectionFacts& facts)
{
    std::string key = key_of(facts);
    const auto known = known_.find(key);
    if (known != known_.end()) return known->second;
    if (known_.size() >= max_known) known_.clear();
    return known_.emplace(std::move(key), snapshot_.decide_connection(facts)).first->second;
}

std::string Player::find_group(const policy::ConnectionFacts& facts) { return connect(facts).sender_group; }

Ruling Player::rule_on(const ConnectionRecord& record) { return policy::decide_admission(connect(record.facts), record.facts); }

std::vector<Ruling> Player::rule_on(const MessageRecord& record)
{
    return Transaction(snapshot_, connect(record.facts), record, hostname_).rule();
}

policy::EncryptionDecision Player::decide_encryption(const MessageRecord& record, const std::string& recipient)
{
    const auto& connection = connect(record.facts);
    policy::MessageFacts facts;
    facts.listener = record.facts.listener;
    facts.outgoing =
        policy::find_behavior(connection, describe(snapshot_, record, connection, hostname_)) == policy::Behavior::relay;
    facts.sender = policy::complete_address(connection, record.sender);
    const auto* rewriting = facts.outgoing ? snapshot_.find_rewriting(facts.listener) : nullptr;
    if (rewriting != nullptr)
        facts.sender = rewriting->masquerade(policy::MasqueradePlace::envelope, facts.sender).value_or(facts.sender);
    const auto address = policy::map_recipient(snapshot_, connection, facts.listener, recipient, hostname_);
    return snapshot_.decide_encryption(facts, address);
}

Endings Player::play(const ConnectionRecord& record)
{
    const auto& connection = connect(record.facts);
    Ruling ruling = rule_on(record);
    if (!ruling.is_refusal()) ruling = recall(record.outcome);
    return {connection.sender_group, connection.policy, {policy::format_ruling(ruling)}};
}

std::string Player::format_ending(const MessageRecord& record, const Ruling& ruling, const RecipientRecord* recipient)
{
    Ruling last = ruling;
    if (!last.is_refusal() && recipient != nullptr) last = recall(recipient->outcome);
    if (!last.is_refusal()) last = recall(record.outcome);
    std::string out = policy::format_ruling(last);
    if (last.is_refusal() || recipient == nullptr) return out;
    const auto action = recipient->by_content ? recipient->action : decide_encryption(record, recipient->address).action;
    return out + std::string(describe_action(action)) + describe_way(record, recipient->address);
}

// Whether what was taken goes on at all.
std::string Player::describe_way(const MessageRecord& record, const std::string& recipient)
{
    const auto& connection = connect(record.facts);
    const auto behavior = policy::find_behavior(connection, describe(snapshot_, record, connection, hostname_));
    const auto address = policy::map_recipient(snapshot_, connection, record.facts.listener, recipient, hostname_);
    // A postmaster without a domain is our own, whatever domain it got.
    const auto own_domain = iequals(recipient, "postmaster") ? mail::domain_of(address) : std::string();
    const auto ways = policy::expand_recipient(snapshot_, record.facts.listener, behavior, address, own_domain).recipients;
    const auto is_discarded = [&](const std::string& each) {
        const auto* route = snapshot_.find_route(mail::domain_of(each));
        return route != nullptr && route->kind == policy::Route::Kind::discard;
    };
    if (std::ranges::all_of(ways, is_discarded)) return ", discarded";
    const auto waits = [&](const std::string& each) { return snapshot_.is_suspended(mail::domain_of(each)); };
    return std::ranges::any_of(ways, waits) ? ", suspended" : "";
}

Endings Player::play(const MessageRecord& record)
{
    const auto& connection = connect(record.facts);
    Endings endings{connection.sender_group, connection.policy, {}};
    const auto rulings = rule_on(record);
    for (std::size_t i = 0; i < rulings.size(); ++i)
        endings.verdicts.push_back(
            format_ending(record, rulings[i], i < record.recipients.size() ? &record.recipients[i] : nullptr));
    return endings;
}

void mark_causes(ConnectionRecord& record, const policy::Snapshot& snapshot)
{
    if (record.outcome.is_refusal()) record.outcome.by_policy = Player(snapshot).rule_on(record).is_refusal();
}

void mark_causes(MessageRecord& record, const policy::Snapshot& snapshot, const std::string& hostname)
{
    const bool is_plain =
        !record.outcome.is_refusal() && std::all_of(record.recipients.begin(), record.recipients.end(), [](const auto& each) {
            return !each.outcome.is_refusal() && (each.action_from.empty() || each.action_from == "default");
        });
    if (is_plain) return;  // as nearly all are: it costs nothing
    Player player(snapshot, hostname);
    const auto rulings = player.rule_on(record);
    const auto explains = [](const Ruling& ruling, const Outcome& outcome) {
        return !outcome.is_refusal() || (ruling.is_refusal() && ruling.stage == outcome.stage);
    };
    record.outcome.by_policy =
        std::any_of(rulings.begin(), rulings.end(), [&](const auto& ruling) { return explains(ruling, record.outcome); });
    for (std::size_t i = 0; i < record.recipients.size(); ++i) {
        auto& recipient = record.recipients[i];
        recipient.outcome.by_policy = explains(rulings[i], recipient.outcome);
        if (recipient.action_from.empty()) continue;
        const auto decision = player.decide_encryption(record, recipient.address);
        recipient.by_content = decision.action != recipient.action || decision.action_from != recipient.action_from;
    }
}

}  // namespace sealpost::traffic
