using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Homelab.Engine.Storage;

/// <summary>Loads SQLite once a process: the system's libsqlite3 where there is one, because the bundled 3.35.5 is old; otherwise the bundled one.</summary>
internal static class SqliteLibrary
{
    private static readonly Lazy<string> Loaded = new(Load);

    /// <summary>The version in use, such as "3.40.1".</summary>
    public static string Version => Loaded.Value;

    /// <summary>
    /// Before anything of this assembly runs: functions are bound one by one at their first use, so a scheduler that opened its file before the choice was made
    /// would have some from one library and some from the other, and the process would crash.
    /// </summary>
    [ModuleInitializer]
    internal static void Choose() => NativeLibrary.SetDllImportResolver(typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly, Resolve);

    private static string Load()
    {
        SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_e_sqlite3());
        return SQLitePCL.raw.sqlite3_libversion().utf8_to_string();
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != "e_sqlite3")
            return 0;
        foreach (var system in (string[])["libsqlite3.so.0", "libsqlite3.dylib"])
        {
            if (NativeLibrary.TryLoad(system, out var handle))
                return handle;
        }

        return 0;
    }
}
