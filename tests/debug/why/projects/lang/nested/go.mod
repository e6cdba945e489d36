module example.com/lang/nested

go 1.25
