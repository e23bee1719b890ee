#pragma once

#include "base/result.hpp"
#include "sys/dns/resolver.hpp"
#include "wire/spf/evaluator.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace sealpost::cli {

struct SpfQuestion {
    spf::Question question;
    spf::Identity identity = spf::Identity::mail_from;
};

// MAIL FROM, when there is one, is the identity; otherwise HELO. Fault::config says what is missing.
[[nodiscard]] Result<SpfQuestion> make_spf_question(std::string_view ip, const std::optional<std::string>& helo,
                                                    const std::optional<std::string>& mail_from, const std::string& receiver);

struct SpfBatchOptions {
    std::chrono::seconds time_limit = spf::default_time_limit;  // for each
    std::size_t at_once = 100;
    bool keep_trace = false;
    std::string receiver;  // where a line names none
};

// doc/spec/spf.md: questions from standard input, answers to standard output in the order in which they
// are done. Memory is bounded by `at_once`, however long the input is. Fault::retry_later when standard
// output is gone.
[[nodiscard]] Result<> run_spf_batch(dns::Resolver& resolver, const SpfBatchOptions& options);

}  // namespace sealpost::cli
