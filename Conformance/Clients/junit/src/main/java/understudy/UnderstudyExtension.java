package understudy;

import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store.CloseableResource;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** What {@link Understudy} does. One server for the whole run, which ends with it; its tests do not run at the same time. */
public final class UnderstudyExtension implements BeforeEachCallback, AfterEachCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(UnderstudyExtension.class);

    private record Running(Server server) implements CloseableResource {
        @Override
        public void close() { server.close(); }
    }

    private static Server server(ExtensionContext context) {
        return context.getRoot().getStore(NAMESPACE)
            .getOrComputeIfAbsent("server", key -> new Running(Server.start()), Running.class).server();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        Server server = server(context);
        server.reset();
        Endpoint endpoint = server.endpoint(server.unique(context.getRequiredTestMethod().getName()));
        context.getStore(NAMESPACE).put("endpoint", endpoint);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        String failOn = AnnotationSupport.findAnnotation(context.getElement(), Understudy.class)
            .or(() -> AnnotationSupport.findAnnotation(context.getTestClass(), Understudy.class))
            .map(Understudy::failOn).orElse("certain");
        List<String> problems = context.getStore(NAMESPACE).get("endpoint", Endpoint.class).finish(failOn);
        if (!problems.isEmpty()) throw new AssertionError(String.join("\n", problems));
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Server.class || type == Endpoint.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        if (parameter.getParameter().getType() == Server.class) return server(context);
        return context.getStore(NAMESPACE).get("endpoint", Endpoint.class);
    }
}
