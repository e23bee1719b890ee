# cmake --install: the program, its systemd unit, its manual page, its documents and an example configuration. Nothing
# below /etc is written (packaging/README.md).
include(GNUInstallDirs)

install(TARGETS sealpost RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# Filled in when it is installed, so that `cmake --install --prefix` is heard too.
set(unit_template ${PROJECT_SOURCE_DIR}/packaging/sealpost.service)
set(manual_template ${PROJECT_SOURCE_DIR}/packaging/sealpost.8)
install(CODE "
    set(unit_prefix \"\${CMAKE_INSTALL_PREFIX}\")
    configure_file(\"${unit_template}\" \"${PROJECT_BINARY_DIR}/sealpost.service\" @ONLY)
    configure_file(\"${manual_template}\" \"${PROJECT_BINARY_DIR}/sealpost.8\" @ONLY)
")
install(FILES ${PROJECT_BINARY_DIR}/sealpost.service DESTINATION lib/systemd/system)
install(FILES ${PROJECT_BINARY_DIR}/sealpost.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES packaging/sealpost.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME sealpost)

# Where they stand in the repository, so that they find each other.
install(FILES README.md LICENSE ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES packaging/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/packaging)
install(FILES packaging/sealpost.toml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(DIRECTORY doc DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES src/FLOORS DESTINATION ${CMAKE_INSTALL_DOCDIR}/src)
install(FILES bench/RESULTS.md bench/RESULTS-domain-tests.md bench/RESULTS-handshakes.md bench/RESULTS-hat.md bench/RESULTS-spf.md
    DESTINATION ${CMAKE_INSTALL_DOCDIR}/bench)
install(DIRECTORY bench/mail/peers DESTINATION ${CMAKE_INSTALL_DOCDIR}/bench/mail)
