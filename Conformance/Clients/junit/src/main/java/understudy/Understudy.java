package understudy;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives each test that asks for them, as parameters, the {@link Server} and an {@link Endpoint} of its own, with empty data.
 * Behind the test, what its clients did is judged.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(UnderstudyExtension.class)
public @interface Understudy {
    /** Findings of this certainty or above fail the test: certain, high, medium or info. */
    String failOn() default "certain";
}
