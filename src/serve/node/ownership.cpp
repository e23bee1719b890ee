#include "serve/node/ownership.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "core/queue/lanes.hpp"
#include "sys/crypto/random.hpp"
#include "sys/files/files.hpp"
#include "sys/files/look_for.hpp"

namespace sealpost::node {
namespace {

constexpr std::size_t max_name_bytes = 300;

std::string make_word() { return format_hex(crypto::random_bytes(8)); }

Result<std::string> find_name(const config::NodeConfig& config)
{
    const auto file = config.node.data_dir / "node-name";
    SEALPOST_TRY(const bool is_there, files::look_for(file));
    if (!is_there)
        SEALPOST_CHECK(files::write_file(file, config.node.hostname + "-" + make_word() + "\n", files::Access::owner_only));
    SEALPOST_TRY(const auto text, files::read_file(file, max_name_bytes));
    const std::string name(trim(text));
    if (name.empty()) return Error{Fault::config, file.string() + " is empty: remove it, and the node makes itself a name"};
    return name;
}

}  // namespace

Result<queue::Owner> find_owner(const config::NodeConfig& config)
{
    if (!config.store.file.empty()) return queue::Owner();
    queue::Owner owner;
    SEALPOST_TRY(owner.name, find_name(config));
    owner.life = make_word();
    const auto add = [&](const auto& lanes) { owner.lanes.insert(owner.lanes.end(), lanes.begin(), lanes.end()); };
    const auto& node = config.node;
    if (node.is_gateway) add(queue::gateway_lanes);
    if (node.is_service) add(queue::service_lanes);
    if (config.tls_reports.send) owner.lanes.emplace_back(send_tls_reports);
    if (node.is_gateway && config.dmarc.send_reports) owner.lanes.emplace_back(send_dmarc_reports);
    const bool has_people = !config.admin.listen.empty() || config.retention.audit.has_value();
    if (!node.is_service && has_people) owner.lanes.emplace_back(sweep_administrators);
    return owner;
}

// Those of a gateway need its routes, and are not for a service that shares its store to take over.
std::string find_bounce_lane(const config::NodeConfig& config)
{
    const bool is_file = !config.store.file.empty();
    return std::string(is_file || config.node.is_gateway ? queue::bounce_lane : queue::service_bounce_lane);
}

}  // namespace sealpost::node
