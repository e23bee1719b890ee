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
        case TlsDemand::dane: return "dane";
        case TlsDemand::dane_required: return "dane_required";
        case TlsDemand::mta_sts: return "mta_sts";
        case TlsDemand::proven: return "proven";
    }
    return "unknown";
}

std::string_view format_tls_proof(TlsProof proof)
{
    switch (proof) {
        case TlsProof::none: return "none";
        case TlsProof::pkix: return "pkix";
        case TlsProof::mta_sts: return "mta-sts";
        case TlsProof::dane_ee: return "dane-ee";
        case TlsProof::dane_ta: return "dane-ta";
    }
    return "none";
}

}  // namespace sealpost::courier
