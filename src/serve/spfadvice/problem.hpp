// spfadvice: what is wrong with a domain's SPF record, how to put an include into it, and the proof
// that the record offered evaluates no worse than the one before (doc/spec/spf-advice.md). Asks DNS
// through the Resolver that is passed in, publishes nothing. Called by cli and portal. A fault of the
// record is a Problem, never a Fault; sentences about it, in two languages, are made in phrases.cpp only.
#pragma once

#include "base/language.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sealpost::spfadvice {

enum class ProblemKind {
    // the record as a whole
    no_record,
    several_records,
    version_not_first,
    pasted_quotes,
    odd_character,
    not_in_force,
    // a term's syntax
    unknown_mechanism,
    missing_argument,
    space_in_term,
    missing_space,
    bare_address,
    bad_address,
    wrong_family,
    bad_prefix,
    bad_name,
    unwanted_argument,
    wrong_separator,
    repeated_modifier,
    misread_term,  // valid, but it does not say what was meant
    // what the record says
    unread_terms,
    plus_all,
    neutral_all,
    missing_all,
    redirect_beside_all,
    redirect_shared,
    ptr,
    duplicate,
    macros,
    // what it costs
    too_many_lookups,
    many_lookups,
    too_many_voids,
    voids_for_ipv6,
    names_nothing,
    too_many_hosts,
    long_record,
    large_answer,
    // where it leads
    target_without_record,
    target_broken,
    target_temporary,
    target_loop,
    // the include that is wanted
    include_cost,
    include_present,
    include_qualified,
    include_without_record,
    include_broken,
    include_temporary,
    include_unseen,
    // the record to publish
    left_out_nested,
    left_out_nothing,
    kept_by_hand,
    no_room,
    no_room_for_voids,
    too_large,
    partly_probed,
    not_proven,
    out_of_time,
    dns_failure,
};
[[nodiscard]] std::string_view format_kind(ProblemKind kind);  // "several_records"

enum class Severity { error, warning, note };
[[nodiscard]] std::string_view format_severity(Severity severity);
[[nodiscard]] Severity severity_of(ProblemKind kind);

struct Problem {
    ProblemKind kind = ProblemKind::no_record;
    std::string where;       // the term, or the name, that it is about
    std::size_t column = 0;  // in the record, in octets from 1; 0: nowhere in particular
    std::string mended;      // what to write instead, when that is plain
    std::size_t count = 0;   // lookups, octets, records: as the kind has it
};

struct Phrase {
    std::string text;  // what is wrong
    std::string fix;   // what to do; may be empty for a note
};
[[nodiscard]] Phrase phrase(const Problem& problem, Language language);

}  // namespace sealpost::spfadvice
