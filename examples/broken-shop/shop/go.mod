module example.com/shop

go 1.21

require corp.example.com/pay.git v1.0.0
