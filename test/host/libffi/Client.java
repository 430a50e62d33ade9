// SPDX-License-Identifier: MIT
// A client of JNA: numbers, strings, a record by value, a callback that native code calls.
import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;

public class Client {
    @Structure.FieldOrder({"quot", "rem"})
    public static class Quotient extends Structure implements Structure.ByValue {
        public int quot, rem;
    }

    public interface Order extends Callback {
        int compare(Pointer a, Pointer b);
    }

    public interface C extends Library {
        int abs(int x);
        long strlen(String text);
        Quotient div(int a, int b);
        void qsort(Pointer base, long count, long size, Order order);
        int snprintf(byte[] to, long size, String format, Object... more);
    }

    public interface M extends Library {
        double pow(double x, double y);
        float fabsf(float x);
    }

    public static void main(String[] args) {
        C c = Native.load("c", C.class);
        M m = Native.load("m", M.class);
        System.out.println(c.abs(-5) + " " + c.strlen("seven..") + " " + m.pow(2, 0.5) + " " + m.fabsf(-1.5f));
        Quotient quotient = c.div(17, 5);
        System.out.println(quotient.quot + " " + quotient.rem);
        int[] numbers = {3, 1, 4, 1, 5, 9, 2, 6};
        Memory memory = new Memory(4 * numbers.length);
        memory.write(0, numbers, 0, numbers.length);
        c.qsort(memory, numbers.length, 4, (a, b) -> Integer.compare(a.getInt(0), b.getInt(0)));
        System.out.println(java.util.Arrays.toString(memory.getIntArray(0, numbers.length)));
        byte[] text = new byte[40];
        int length = c.snprintf(text, text.length, "%d %s %.2f", 7, "words", 2.5);
        System.out.println(length + " " + Native.toString(text));
    }
}
