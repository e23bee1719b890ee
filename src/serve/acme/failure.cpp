#include "serve/acme/failure.hpp"

namespace sealpost::acme {
namespace {

Failure::Kind kind_of(Fault fault)
{
    switch (fault) {
        case Fault::retry_later:
        case Fault::cancelled: return Failure::Kind::unreachable;
        case Fault::peer_broke_it: return Failure::Kind::broken;
        case Fault::denied:
        case Fault::give_up:
        case Fault::config: break;
    }
    return Failure::Kind::ours;
}

}  // namespace

Failure::Failure(const Error& error) : kind(kind_of(error.fault)), text(error.text) {}

}  // namespace sealpost::acme
