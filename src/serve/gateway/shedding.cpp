#include "serve/gateway/shedding.hpp"

namespace sealpost::gateway {

using load::Resource;
using smtp::Reply;

namespace {

void tell(const Client& client, std::string_view resource) { client.tell_limit(std::string("node_").append(resource)); }

// RFC 3463 §3.4: "Other or undefined mail system status": what is accepted into a damaged store may never come out of it.
Reply broken() { return {452, "4.3.0", "The message cannot be kept at the moment; try again later"}; }

// RFC 3463 §3.4: "Mail system full".
Reply full() { return {452, "4.3.1", "There is no room for the message at the moment; try again later"}; }

}  // namespace

std::optional<Reply> shed_connection(const Client& client)
{
    const auto& load = client.parts->load;
    if (!load || !load->is_short(Resource::memory)) return std::nullopt;
    tell(client, "memory");
    // RFC 3463 §3.5: "Mail system congestion".
    return Reply(421, "4.4.5", "Too much mail at the moment; try again later");
}

std::optional<Reply> shed_message(const Client& client, std::uint64_t size)
{
    if (auto ended = shed_connection(client)) return ended;
    if (auto refused = shed_storage(client)) return refused;
    const auto& load = client.parts->load;
    // RFC 1870 §6.1: a size that there is no room for at the moment is answered with 452.
    if (!load || size == 0 || load->has_room_for(size)) return std::nullopt;
    tell(client, "room");
    return full();
}

std::optional<Reply> shed_storage(const Client& client)
{
    const auto& load = client.parts->load;
    if (!load) return std::nullopt;
    const auto resource = load->find_short({Resource::store, Resource::disk, Resource::queue_messages, Resource::queue_bytes});
    if (!resource) return std::nullopt;
    tell(client, load::format_resource(*resource));
    return *resource == Resource::store ? broken() : full();
}

std::optional<Reply> shed_content(const Client& client)
{
    const auto& load = client.parts->load;
    if (!load) return std::nullopt;
    if (load->is_short(Resource::store)) {
        tell(client, load::format_resource(Resource::store));
        return broken();
    }
    const bool is_disk_short = load->is_short(Resource::disk);
    if (!is_disk_short && !load->is_out_of_memory()) return std::nullopt;
    tell(client, load::format_resource(is_disk_short ? Resource::disk : Resource::memory));
    return full();
}

}  // namespace sealpost::gateway
