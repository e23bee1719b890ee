#pragma once

#include "base/result.hpp"
#include "serve/tlstest/domain_test.hpp"

#include <cstddef>

namespace sealpost::cli {

struct TlsBatchOptions {
    tlstest::DomainTestOptions test;   // of each domain
    std::size_t concurrency = 32;      // domains at a time
    Language language = Language::en;  // of `fix`
};

// Domains from standard input, one a line; to standard output one line of JSON for each, in the order in which they
// are done: the object of `tls test` with the line as it was asked. Memory is bounded by `concurrency`, however long
// the input is. Fault::retry_later when standard output is gone.
[[nodiscard]] Result<> run_tls_batch(dns::Resolver& resolver, std::shared_ptr<const tls::ClientContext> context,
                                     const TlsBatchOptions& options);

}  // namespace sealpost::cli
