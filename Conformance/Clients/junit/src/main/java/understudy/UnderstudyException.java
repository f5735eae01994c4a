package understudy;

/** Whatever went wrong: what the server has said, where it has said something. */
public final class UnderstudyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnderstudyException(String message) { super(message); }
}
