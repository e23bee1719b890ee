#pragma once

#include "core/policy/address_table.hpp"
#include "core/policy/document_keys.hpp"
#include "core/policy/host_table.hpp"
#include "core/policy/predefined.hpp"
#include "core/policy/rewrite.hpp"
#include "core/policy/snapshot.hpp"
#include "wire/mail/folded_text.hpp"

#include <re2/re2.h>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sealpost::policy {

// A mail flow policy on one listener, with everything inherited.
struct ResolvedPolicy {
    std::string name;
    Behavior behavior = Behavior::reject;
    std::shared_ptr<const Parameters> parameters = no_parameters();
    std::shared_ptr<const ParameterOrigins> origins = no_origins();
};

// What an entry number of a HostTable stands for.
struct HostEntry {
    const SenderGroup* group = nullptr;
    std::string_view text;  // as written, or "host_checks: no_ptr"
};

// A sender that asks somebody else, and the order of its group.
struct WantedFact {
    int order = 0;
    SenderPattern::Kind kind = SenderPattern::Kind::dns_list;
    std::string zone;
};

struct ListenerTable {
    ListenerInfo info;
    bool defer_undecided = true;
    HostTable hosts;  // the groups that decide
    std::vector<HostEntry> entries;
    std::array<std::uint32_t, 3> checks = {HostTable::none, HostTable::none,
                                           HostTable::none};        // no_ptr, ptr_failed, ptr_mismatch
    std::vector<std::pair<const SenderGroup*, HostTable>> passing;  // the groups that say CONTINUE
    std::vector<WantedFact> wanted;                                 // in order of the groups, passing ones too
    std::map<std::string, ResolvedPolicy, std::less<>> policies;
    std::string last_policy;  // what ALL means here
    AddressTable recipients;
    AddressTable own_domains;  // of the addresses that `recipients` takes, ALL apart
    RewriteTables rewrite;
};

struct CompiledRule {
    const EncryptionRule* rule = nullptr;
    AddressTable senders, recipients;
    std::vector<mail::FoldedText> subject_contains, header_contains;  // the words of both
    std::vector<std::unique_ptr<RE2>> subject_matches, header_matches;
};

struct Snapshot::State {
    std::int64_t version = 0;
    Document document;
    std::optional<NodeFacts> node;         // absent: not known
    std::vector<MailFlowPolicy> policies;  // the document's, and the predefined ones that it does not define
    std::vector<EncryptionProfile> profiles;
    std::vector<BounceProfile> bounce_profiles;
    std::map<std::string, ListenerTable, std::less<>> listeners;
    ResolvedPolicy blocked;       // for a listener nobody knows
    AddressTable own_domains;     // what some RAT accepts, as domains
    AddressTable mapped_domains;  // that a domain map makes one of those
    AddressTable routes, destinations, exceptions;
    Destination default_destination;
    bool tags_senders = false;
    bool suspends_all = false;
    std::vector<CompiledRule> rules;

    [[nodiscard]] bool takes_in(std::string_view recipient) const;
    // Empty: nothing leads on from `hostname`, and no domain above it is ours.
    [[nodiscard]] std::string find_postmaster_domain(const ListenerTable& table, std::string_view hostname) const;
    [[nodiscard]] const Route* find_route(std::string_view domain) const;  // null: use DNS
};

// What deserves a second look although it is allowed; each with its reason.
[[nodiscard]] std::vector<Problem> find_warnings(const Snapshot::State& state);
[[nodiscard]] std::vector<Problem> find_dead_rows(const Snapshot::State& state);  // for find_warnings()

}  // namespace sealpost::policy
