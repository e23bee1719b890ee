#pragma once

#include "cli/answering.hpp"
#include "cli/own_store.hpp"
#include "core/config/node_config.hpp"
#include "core/people/people.hpp"
#include "sys/async/wait.hpp"
#include "sys/db/database.hpp"

#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string_view>

namespace sealpost::cli {

// The store of the node that --config names, opened beside a running server or without one.
struct ServiceStore {
    config::NodeConfig config;
    std::shared_ptr<db::Database> database;
    std::shared_ptr<people::People> people;  // its codes work in this process only
};

[[nodiscard]] Result<ServiceStore> open_service_store(const Context& context, Missing missing = Missing::refused);
[[nodiscard]] const Clock& system_clock();

// Runs a task to its end on the calling thread.
template <class T>
Result<T> wait_for(Task<Result<T>> task)
{
    return async::wait_here(std::move(task));
}

// The account of that name, or Fault::denied with a hint.
[[nodiscard]] Result<people::Account> find_account(ServiceStore& store, const std::string& name);

// What an operator did by a command, in the audit trail. `done` begins the sentence when it cannot be noted there.
[[nodiscard]] Result<> note_in_audit_trail(people::People& people, std::string_view what, std::string_view subject,
                                           const boost::json::object& details, const std::string& done);

// The first line of standard input; Fault::config when there is none.
[[nodiscard]] Result<Secret> read_password();

// The callback of a command whose work wants the store.
template <class Work>
std::function<void()> with_store(Context& context, Work work, Missing missing = Missing::refused)
{
    return answering(context, [work, missing](Context& to_answer) -> Result<> {
        SEALPOST_TRY(auto store, open_service_store(to_answer, missing));
        return work(store);
    });
}

// Fault::config on a node whose store no service reads. One in PostgreSQL may be shared with nodes that are services.
[[nodiscard]] Result<> require_service(const Context& context);

// The same for what only a service knows: accounts, tokens, domains, people.
template <class Work>
std::function<void()> with_service(Context& context, Work work, Missing missing = Missing::refused)
{
    return [&context, run = with_store(context, std::move(work), missing)] {
        auto is_service = require_service(context);
        if (is_service.has_error()) return context.fail(is_service.error());
        run();
    };
}

}  // namespace sealpost::cli
