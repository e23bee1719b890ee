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
// The senders of all of them.
[[nodiscard]] std::vector<SenderPattern> list_service_senders();

}  // namespace sealpost::policy
