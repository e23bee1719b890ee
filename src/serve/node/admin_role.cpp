#include "serve/node/admin_role.hpp"

#include "core/queue/lanes.hpp"
#include "serve/doctor/calls.hpp"
#include "serve/node/doctor_parts.hpp"
#include "serve/node/kek.hpp"
#include "serve/node/people_chore.hpp"
#include "serve/node/policy_questions.hpp"
#include "serve/pages/show.hpp"

namespace sealpost::node {
namespace {

// Mail does not wait for what only these pages need.
std::shared_ptr<people::Vault> open_vault(const Machinery& machinery)
{
    auto vault = open_administrators_vault(machinery.config, machinery.clock.now());
    if (vault.has_value()) return std::move(*vault);
    machinery.log.error("admin.key_not_opened", {{"problem", vault.error().text}, {"hint", administrators_key_hint}});
    return make_closed_vault(vault.error().text);
}

Task<http::Response> go_to_page(http::Request&) { co_return http::redirect("/portal"); }

}  // namespace

policyadmin::Parts make_policy_parts(Machinery& machinery, GatewayRole& gateway)
{
    policyadmin::Parts parts;
    parts.editor = gateway.editor();
    parts.questions = make_policy_questions(machinery, gateway);
    parts.log = machinery.log;
    parts.pool = machinery.pool.get();
    return parts;
}

certadmin::Parts make_certificate_parts(Machinery& machinery, std::shared_ptr<const admin::Desk> desk)
{
    certadmin::Parts parts;
    parts.admin = std::move(desk);
    parts.store = machinery.certificates->store();
    parts.pool = machinery.pool.get();
    parts.reload = [&machinery](std::string installed) { return machinery.reload_certificates(std::move(installed)); };
    parts.renewals = &machinery.renewals;
    parts.log = machinery.log;
    return parts;
}

Result<std::unique_ptr<AdminRole>> AdminRole::make(Machinery& machinery, GatewayRole& gateway,
                                                   std::shared_ptr<people::People> people)
{
    std::unique_ptr<AdminRole> role(new AdminRole(machinery));
    role->people_ = std::move(people);
    if (!role->people_) {
        // Without a pepper: nobody is sent a code here (decision 25).
        people::People::Options options;
        options.vault = open_vault(machinery);
        options.keep_audit = machinery.config.retention.audit;
        SEALPOST_TRY(role->people_, people::People::open(machinery.database, machinery.clock, std::move(options)));
        role->is_sweeper_ = true;
    }
    role->make_router(gateway);
    return role;
}

void AdminRole::make_router(GatewayRole& gateway)
{
    auto router = std::make_shared<http::Router>();
    admin::Parts signing_in{people_, machinery_.config.admin.url, {admin::Area::mail_policies, admin::Area::node}};
    signing_in.log = machinery_.log;
    signing_in.requires_second_factor = machinery_.config.administrators.must_have_second_factor;
    const auto desk = std::make_shared<const admin::Desk>(std::move(signing_in));
    admin::add_routes(*router, desk);
    pages::add_file_routes(*router);
    router->add(http::Method::get, "/", go_to_page);
    auto parts = make_policy_parts(machinery_, gateway);
    parts.admin = desk;
    policyadmin::add_routes(*router, std::move(parts));
    doctor::add_routes(*router, desk, [&machinery = machinery_, &gateway](const std::vector<admin::Area>& areas) {
        return find_doctor_parts(machinery, gateway.policy().current(), areas);
    });
    certadmin::add_routes(*router, make_certificate_parts(machinery_, desk));
    router_ = std::move(router);
}

Result<> AdminRole::open_pages()
{
    const auto& admin = machinery_.config.admin;
    return servers_.open({admin.listen, admin.certificates, admin.proxy_from}, router_);
}

void AdminRole::spawn_chores(async::TaskGroup& group)
{
    if (is_sweeper_) group.spawn(sweep_people(machinery_, people_));
}

}  // namespace sealpost::node
