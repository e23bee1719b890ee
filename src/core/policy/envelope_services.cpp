#include "core/policy/envelope_services.hpp"

namespace sealpost::policy {

const std::vector<EnvelopeService>& list_envelope_services()
{
    static const std::vector<EnvelopeService> all = {
        {"cisco-res",
         "CRES",
         "TLS_REQUIRED",
         {".res.cisco.com", ".cres.iphmx.com", "208.90.57.0/26 (current range)", "204.15.81.0/26 (old range)"}},
    };
    return all;
}

std::vector<SenderPattern> list_service_senders()
{
    std::vector<SenderPattern> out;
    for (const auto& service : list_envelope_services())
        for (const auto sender : service.senders) out.push_back(parse_sender(split_annotation(sender)->text).value());
    return out;
}

}  // namespace sealpost::policy
