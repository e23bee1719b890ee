#pragma once

#include "wire/dmarc/dmarc.hpp"

#include <string>
#include <vector>

namespace sealpost::dmarc {

// Whether reports about `policy_domain` (where the record stands) may go to an address in its rua= (RFC 7489
// §7.1): addresses of the same organisation may always; another one's domain must say so in a TXT record
// at <policy-domain>._report._dmarc.<its domain>.
struct Destination {
    enum class State {
        own,         // of the same organisation: nothing to ask
        verified,    // the other organisation agrees
        unverified,  // it does not: no report may go there
        temporary,   // could not be asked for the moment
    } state = State::unverified;
    std::string asked;  // the name that was looked up; empty with `own`
    // With own and verified: where to send. The other organisation may name other addresses of the same host
    // in its record (§7.1 step 8).
    std::vector<ReportAddress> addresses;
    std::string problem;  // with unverified and temporary
};
[[nodiscard]] std::string_view format_destination_state(Destination::State state);

Task<Destination> verify_destination(dns::Resolver& resolver, std::string policy_domain, ReportAddress address,
                                     Deadline deadline);

}  // namespace sealpost::dmarc
