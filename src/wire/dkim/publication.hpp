#pragma once

#include "wire/dkim/signer.hpp"
#include "wire/dkim/verifier.hpp"

#include <string>

namespace sealpost::dkim {

// What a verifier would say today of a signature made with the key: pass when the record at its selector holds
// its public half.
struct Publication {
    Verdict verdict = Verdict::none;
    bool testing = false;  // t=y
    std::string problem;
};

Task<Publication> check_publication(SigningKey key, dns::Resolver& resolver, Deadline deadline);

}  // namespace sealpost::dkim
