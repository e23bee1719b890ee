#include "serve/courier/order.hpp"

namespace sealpost::courier {

std::string_view format_tls_demand(TlsDemand demand)
{
    switch (demand) {
        case TlsDemand::none: return "none";
        case TlsDemand::preferred: return "preferred";
        case TlsDemand::required: return "required";
        case TlsDemand::preferred_verify: return "preferred_verify";
        case TlsDemand::required_verify: return "required_verify";
    }
    return "unknown";
}

}  // namespace sealpost::courier
