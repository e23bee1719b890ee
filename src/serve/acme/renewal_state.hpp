#pragma once

#include "base/clock.hpp"
#include "sys/files/files.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sealpost::acme {

// What is known of one certificate at one authority, through restarts (doc/spec/acme.md, "State").
struct RenewalState {
    std::vector<std::string> names;
    unsigned failures = 0;     // in a row
    unsigned unreachable = 0;  // the same, of the authority itself
    std::optional<WallTime> last_try;
    std::optional<WallTime> next;  // the renewal, or the next try after a failure
    std::string last_problem;      // empty: the last try succeeded, or there was none
    std::optional<WallTime> issued;
    std::string issued_sha256;  // of the certificate that was installed last; empty: none was
};

// What others are told of it: {"next", "last_problem"}, each null when there is none.
[[nodiscard]] boost::json::object to_json(const RenewalState& state);

// An empty state where none is kept, or what is kept is damaged. Blocks.
[[nodiscard]] RenewalState load_renewal_state(const files::Path& data_dir, const std::string& authority,
                                              const std::string& certificate);
[[nodiscard]] Result<> save_renewal_state(const files::Path& data_dir, const std::string& authority,
                                          const std::string& certificate, const RenewalState& state);

}  // namespace sealpost::acme
