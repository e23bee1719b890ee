#pragma once

#include "core/policy/sender.hpp"

#include <string_view>
#include <vector>

namespace sealpost::policy {

// A registered envelope service as its customers name it in the host access table.
struct EnvelopeService {
    std::string_view name;                  // of the preset
    std::string_view group;                 // the sender group …
    std::string_view policy;                // … and the mail flow policy that its instructions ask for
    std::vector<std::string_view> senders;  // as the service's own instructions print them
};

[[nodiscard]] const std::vector<EnvelopeService>& list_envelope_services();
// Whether somebody who wrote the pattern means hosts of a service that is known: some of them, or little more than them.
[[nodiscard]] bool is_of_envelope_service(const SenderPattern& pattern);
// Of a name, with or without the dot that takes in what is below it.
[[nodiscard]] bool is_domain_of_envelope_service(std::string_view domain);

}  // namespace sealpost::policy
